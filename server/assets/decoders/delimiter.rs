/// Reads messages that end before a mark, which may itself be cut.
pub struct Delimiter {
    pub mark: Vec<u8>,
    pub limit: usize,
    pub kept: Vec<u8>,
}

impl Delimiter {
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
        let most = self.limit + self.mark.len();
        let end = self.kept.windows(self.mark.len()).position(|window| window == self.mark);
        if end.unwrap_or(0) > self.limit || end.is_none() && self.kept.len() >= most {
            return Err(format!("a message of {most} bytes, more than the limit of {}", self.limit));
        }
        let Some(end) = end else { return Ok(None) };
        let rest = self.kept.split_off(end + self.mark.len());
        self.kept.truncate(end);
        Ok(Some(std::mem::replace(&mut self.kept, rest)))
    }
}
