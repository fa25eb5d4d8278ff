//! nginx as the yardstick: one worker, one page from disk as brotli, with our headers on one port and none on another.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::client::{self, Answer};
use super::server::{free_address, pinned, scratch_folder, stop};
use super::{PAGE, SERVER_CORE};
use crate::run::{command, is_root};

const MODULE: &str = "ngx_http_brotli_static_module.so";

/// Where distributions keep modules.
const MODULE_FOLDERS: &[&str] =
    &["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules", "/etc/nginx/modules"];

/// What nginx says by itself, or what belongs to one connection.
const ITS_OWN: &[&str] = &[
    "content-length",
    "content-type",
    "content-encoding",
    "connection",
    "date",
    "etag",
    "last-modified",
    "transfer-encoding",
    "keep-alive",
];

/// A running nginx.
pub struct Nginx {
    child: Child,
    folder: PathBuf,
    /// With the headers that our server sends.
    pub dressed: SocketAddr,
    /// With its own headers only.
    pub bare: SocketAddr,
}

impl Nginx {
    /// Starts nginx with the answer of our server as a file, and checks that it sends the same bytes.
    pub fn start(ours: &Answer) -> Result<Nginx> {
        let folder = scratch_folder("nginx")?;
        let file = folder.join("root").join(PAGE.trim_start_matches('/'));
        fs::create_dir_all(file.parent().unwrap_or(&folder))?;
        // brotli_static looks for the plain file's name with `.br`; the plain file itself is never sent here.
        fs::write(&file, "plain")?;
        fs::write(file.with_extension("br"), &ours.body)?;
        let (dressed, bare) = (free_address()?, free_address()?);
        fs::write(folder.join("nginx.conf"), configuration(&folder, dressed, bare, ours)?)?;
        let log = folder.join("error.log");
        let child = nginx(&folder, Some(SERVER_CORE))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start nginx")?;
        let mut nginx = Nginx { child, folder, dressed, bare };
        for address in [dressed, bare] {
            nginx.check(address, ours).with_context(|| fs::read_to_string(&log).unwrap_or_default())?;
        }
        Ok(nginx)
    }

    fn check(&mut self, address: SocketAddr, ours: &Answer) -> Result<()> {
        let since = Instant::now();
        let answer = loop {
            match client::get(address, PAGE, "br") {
                Ok(answer) => break answer,
                Err(_) if since.elapsed() < Duration::from_secs(3) => thread::sleep(Duration::from_millis(20)),
                Err(error) => return Err(error.context("nginx does not answer")),
            }
        };
        ensure!(answer.status == 200, "nginx answered {}", answer.status);
        ensure!(
            answer.body == ours.body && answer.header("content-encoding") == Some("br"),
            "nginx did not send the brotli file"
        );
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        stop(&mut self.child);
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn nginx(folder: &Path, core: Option<usize>) -> Command {
    let mut nginx = pinned("nginx", core);
    nginx.arg("-p").arg(folder).arg("-e").arg(folder.join("error.log")).arg("-c").arg(folder.join("nginx.conf"));
    nginx
}

/// One worker without an access log. Files are opened for each request, as in nginx's own defaults.
fn configuration(folder: &Path, dressed: SocketAddr, bare: SocketAddr, ours: &Answer) -> Result<String> {
    let folder = folder.display();
    let user = if is_root() { "user root;\n" } else { "" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("  {name}_temp_path {folder}/{name};\n"))
        .collect();
    let headers = headers(ours)?;
    let server = |address: SocketAddr, headers: &str| {
        format!("  server {{\n    listen {address};\n    root {folder}/root;\n    brotli_static on;\n{headers}  }}\n")
    };
    let kind = ours.header("content-type").unwrap_or("text/html; charset=utf-8");
    Ok(format!(
        "daemon off;\n{user}worker_processes 1;\npid {folder}/pid;\n{}events {{ worker_connections 1024; }}\nhttp {{\n{temporary}\
           access_log off;\n  sendfile on;\n  tcp_nopush on;\n  keepalive_requests 100000000;\n  types {{}}\n  default_type '{kind}';\n{}{}}}\n",
        load_module()?,
        server(dressed, &headers),
        server(bare, ""),
    ))
}

/// Every header that our server sends and nginx does not by itself.
fn headers(ours: &Answer) -> Result<String> {
    let mut text = String::new();
    for (name, value) in ours.headers.iter().filter(|(name, _)| !ITS_OWN.contains(&name.as_str())) {
        if value.contains(['$', '"', '\\']) {
            bail!("the header {name} holds a character that nginx would change: {value}");
        }
        text += &format!("    add_header {name} \"{value}\";\n");
    }
    Ok(text)
}

fn load_module() -> Result<String> {
    if let Some(file) = MODULE_FOLDERS.iter().map(|folder| Path::new(folder).join(MODULE)).find(|file| file.is_file()) {
        return Ok(format!("load_module {};\n", file.display()));
    }
    let said = command("nginx").arg("-V").output()?;
    if String::from_utf8_lossy(&said.stderr).contains("brotli") {
        return Ok(String::new());
    }
    bail!("nginx has no {MODULE}; on Debian: apt-get install libnginx-mod-http-brotli-static")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn our_headers_are_sent_and_nginx_keeps_its_own() {
        let ours = answer(&[
            ("content-length", "9"),
            ("vary", "Accept-Encoding"),
            ("content-security-policy", "default-src 'none'"),
        ]);
        let text = headers(&ours).unwrap();
        assert_eq!(
            text,
            "    add_header vary \"Accept-Encoding\";\n    add_header content-security-policy \"default-src 'none'\";\n"
        );
        assert!(headers(&answer(&[("x", "$host")])).is_err());
    }
}
