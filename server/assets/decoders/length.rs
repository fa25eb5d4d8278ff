/// Reads messages behind a length of 1, 2 or 4 bytes.
pub struct Length {
    pub width: usize,
    pub big_endian: bool,
    pub limit: usize,
    pub kept: Vec<u8>,
}

impl Length {
    /// Keeps what a read returned and decodes until less than a message is left.
    pub fn on_read(&mut self, data: &[u8], handle: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        self.kept.extend_from_slice(data);
        while let Some(message) = self.next()? {
            handle(&message);
        }
        Ok(())
    }

    /// The mistake: the rest waits for data that may never come.
    pub fn on_read_once(&mut self, data: &[u8], handle: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        self.kept.extend_from_slice(data);
        if let Some(message) = self.next()? {
            handle(&message);
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        let Some(field) = self.kept.get(..self.width) else {
            return Ok(None); // not even the length is complete
        };
        let fold = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        let length = if self.big_endian { field.iter().fold(0, fold) } else { field.iter().rev().fold(0, fold) };
        // Before anything waits for it.
        if length > self.limit {
            return Err(format!("a message of {length} bytes, more than the limit of {}", self.limit));
        }
        let end = self.width + length;
        if self.kept.len() < end {
            return Ok(None);
        }
        let rest = self.kept.split_off(end);
        let message = self.kept.split_off(self.width);
        self.kept = rest;
        Ok(Some(message))
    }
}
