//! Everything that can be set: each field is a flag and an environment variable, checked once at the start.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// Settings of `packet-clinic serve`.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Address to serve on
    #[arg(long, value_name = "ADDR", env = "PACKET_CLINIC_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Serve the content of this folder instead of the library inside the binary
    #[arg(long, value_name = "DIR", env = "PACKET_CLINIC_CONTENT")]
    pub content: Option<PathBuf>,

    /// Where readers' answers and counts of searches are kept: sqlite:FILE or postgres://USER@HOST/NAME
    #[arg(
        long,
        value_name = "URL",
        env = "PACKET_CLINIC_DATABASE",
        default_value = "sqlite:packet-clinic.sqlite",
        hide_env_values = true
    )]
    pub database: String,

    /// The address visitors use, for canonical links, feeds and cards; with https it turns HSTS on [default: http://ADDR]
    #[arg(long, value_name = "URL", env = "PACKET_CLINIC_BASE_URL", value_parser = base_url)]
    pub base_url: Option<String>,

    /// Reload when files of --content change (SIGHUP reloads at any time)
    #[arg(long, env = "PACKET_CLINIC_WATCH", requires = "content")]
    pub watch: bool,

    /// Serve Prometheus metrics at /metrics on this address; off without it
    #[arg(long, value_name = "ADDR", env = "PACKET_CLINIC_METRICS")]
    pub metrics: Option<SocketAddr>,

    /// Take the visitor's address, for throttling only, from the last X-Forwarded-For entry: for use behind one's own proxy
    #[arg(long, env = "PACKET_CLINIC_TRUST_PROXY")]
    pub trust_proxy: bool,

    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", env = "PACKET_CLINIC_THREADS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,

    /// Connections held at once; one more is answered with 503
    #[arg(long, value_name = "N", env = "PACKET_CLINIC_MAX_CONNECTIONS", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,

    /// Do not count what is searched for in vain, the words and no more (`packet-clinic search-log` shows it)
    #[arg(long, env = "PACKET_CLINIC_NO_SEARCH_LOG")]
    pub no_search_log: bool,

    /// What is logged: error, warn, info, debug, or a tracing filter
    #[arg(long, value_name = "FILTER", env = "PACKET_CLINIC_LOG", default_value = "info")]
    pub log: String,

    /// Log as JSON, one object a line
    #[arg(long, env = "PACKET_CLINIC_LOG_JSON")]
    pub log_json: bool,
}

impl Config {
    /// Scheme and host that visitors use, without a slash at the end; `listening` is the address in force (port 0 becomes one).
    pub fn base(&self, listening: SocketAddr) -> String {
        self.base_url.clone().unwrap_or_else(|| format!("http://{listening}"))
    }

    /// Whether visitors come over TLS.
    pub fn tls(&self) -> bool {
        self.base_url.as_deref().is_some_and(|base| base.starts_with("https://"))
    }
}

/// `https://clinic.example` or `http://localhost:8080`: scheme, host, no path, no query.
fn base_url(text: &str) -> Result<String, String> {
    let base = text.trim_end_matches('/');
    let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b)) => {
            Ok(base.to_owned())
        }
        _ => Err("write scheme and host only, like https://clinic.example".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_hold_scheme_and_host_only() {
        assert_eq!(base_url("https://clinic.example/"), Ok("https://clinic.example".to_owned()));
        assert_eq!(base_url("http://[::1]:8080"), Ok("http://[::1]:8080".to_owned()));
        for bad in ["clinic.example", "https://", "ftp://x", "https://x/path", "https://x?q", "https://a\"b"] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }
}
