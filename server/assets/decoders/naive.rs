/// Takes what a read returns for a message. TCP does not promise that.
pub struct Naive;

impl Naive {
    /// Hands over whatever has arrived.
    pub fn on_read(&mut self, data: &[u8], handle: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        handle(data);
        Ok(())
    }
}
