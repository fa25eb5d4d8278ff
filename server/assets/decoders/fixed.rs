/// Reads messages of one size.
pub struct Fixed {
    pub size: usize,
    pub kept: Vec<u8>,
}

impl Fixed {
    /// Keeps what a read returned and decodes until less than a message is left.
    pub fn on_read(&mut self, data: &[u8], handle: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        self.kept.extend_from_slice(data);
        while self.kept.len() >= self.size {
            let rest = self.kept.split_off(self.size);
            handle(&std::mem::replace(&mut self.kept, rest));
        }
        Ok(())
    }

    /// The mistake: the rest waits for data that may never come.
    pub fn on_read_once(&mut self, data: &[u8], handle: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        self.kept.extend_from_slice(data);
        if self.kept.len() >= self.size {
            let rest = self.kept.split_off(self.size);
            handle(&std::mem::replace(&mut self.kept, rest));
        }
        Ok(())
    }
}
