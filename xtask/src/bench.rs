//! stub
pub fn bench(_: &[String]) -> anyhow::Result<()> { anyhow::bail!("stub") }
