//! What a visitor may do to a running world.

use super::World;
use crate::time::Span;

/// What a visitor may do to a running world.
#[derive(Debug, Clone)]
pub enum Action {
    /// Changes the delay of a direction (0 from the client, 1 from the server).
    Delay(usize, Span),
    /// Changes the chance of loss, in a million.
    Loss(usize, u32),
    /// Everything that a direction carries is lost, or not any more.
    BlackHole(usize, bool),
    /// Changes a setting of a host.
    Sysctl(usize, alloc::string::String, alloc::string::String),
}

/// Why an action was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPossible {
    /// There is no such host.
    NoSuchHost,
    /// No such setting or value.
    Setting,
}

impl World {
    /// Changes something while the world runs.
    pub fn act(&mut self, action: Action) -> Result<(), NotPossible> {
        match action {
            Action::Delay(from, delay) => {
                self.links[0].lanes.get_mut(from).ok_or(NotPossible::NoSuchHost)?.delay = delay;
            }
            Action::Loss(from, loss) => {
                self.links[0].lanes.get_mut(from).ok_or(NotPossible::NoSuchHost)?.loss = loss.min(1_000_000);
            }
            Action::BlackHole(from, on) => {
                self.links[0].lanes.get_mut(from).ok_or(NotPossible::NoSuchHost)?.black_hole = on;
            }
            Action::Sysctl(host, name, value) => {
                let host = self.hosts.get_mut(host).ok_or(NotPossible::NoSuchHost)?;
                host.sys.set(&name, &value).map_err(|_| NotPossible::Setting)?;
            }
        }
        Ok(())
    }
}
