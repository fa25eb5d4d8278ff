//! Scripts in packetdrill's language, played against our TCP. What is not known is refused by name, never passed over.

mod calls;
mod compare;
mod epoll;
mod expr;
mod info;
mod options;
mod packet;
mod parse;
mod reader;
mod run;
mod shell;
mod stamping;
#[cfg(test)]
mod tests;

/// Plays a script; the first difference is the error, or what is not supported.
pub fn play(text: &str) -> Result<(), String> {
    run::play(&parse::parse(text)?)
}

/// Whether an error of [`play`] says that something of a script is not supported, rather than that it went otherwise.
pub fn refused(why: &str) -> bool {
    why.contains("not supported")
}
