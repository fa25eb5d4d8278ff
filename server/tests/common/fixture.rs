//! A minimal good library of two cases, to be spoilt in one place a test. `alpha` shows every kind of block, `beta` as
//! little as a case may.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use packet_clinic::content::{self, Files, Problem};
use packet_clinic::domain::Library;

/// Content files by path.
#[derive(Clone, Debug)]
pub struct Fixture(BTreeMap<String, Vec<u8>>);

impl Fixture {
    /// Two cases without a problem.
    pub fn good() -> Fixture {
        let mut files = Fixture(BTreeMap::new());
        for (path, text) in [
            ("vocabulary.toml", VOCABULARY),
            ("signals.toml", SIGNALS),
            ("glossary.toml", GLOSSARY),
            ("cases/alpha/zh.md", ALPHA_ZH),
            ("cases/alpha/en.md", ALPHA_EN),
            ("cases/alpha/evidence/look.txt", LOOK),
            ("cases/alpha/evidence/log.txt", LOG),
            ("cases/alpha/evidence/look.svg", PICTURE),
            ("cases/alpha/sequences/main.toml", SEQUENCE),
            ("cases/alpha/repro/run.sh", "#!/bin/sh\nss -tan   # what it shows\n"),
            ("cases/beta/zh.md", BETA_ZH),
            ("cases/beta/en.md", BETA_EN),
            ("cases/beta/evidence/look.txt", LOOK),
        ] {
            files.put(path, text);
        }
        files.put("cases/alpha/case.toml", format!("{FACTS}{ALPHA_EVIDENCE}").replace("OTHER", "beta"));
        files.put("cases/beta/case.toml", format!("{FACTS}{LOOK_EVIDENCE}").replace("OTHER", "alpha"));
        files.put("cases/alpha/evidence/main.pcap", [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
        files
    }

    /// Adds or replaces a file.
    pub fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.to_owned(), bytes.into());
    }

    /// The same library with a file more, or with other contents.
    pub fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Fixture {
        self.put(path, bytes);
        self
    }

    /// The same library without a file.
    pub fn without(mut self, path: &str) -> Fixture {
        assert!(self.0.remove(path).is_some(), "the fixture has no {path}");
        self
    }

    /// The same library with the first `from` in a file replaced. A mutation that changes nothing is a mistake of the test.
    pub fn edit(self, path: &str, from: &str, to: &str) -> Fixture {
        let text = self.text(path);
        assert!(text.contains(from), "{path} does not hold {from:?}");
        let text = text.replacen(from, to, 1);
        self.with(path, text)
    }

    /// The same library with text at the end of a file.
    pub fn append(self, path: &str, more: &str) -> Fixture {
        let text = self.text(path) + more;
        self.with(path, text)
    }

    /// A file as text.
    pub fn text(&self, path: &str) -> String {
        String::from_utf8_lossy(self.0.get(path).unwrap_or_else(|| panic!("the fixture has no {path}"))).into_owned()
    }

    /// The line, from 1, on which `words` first stand in a file.
    pub fn line_of(&self, path: &str, words: &str) -> usize {
        let text = self.text(path);
        let at = text.find(words).unwrap_or_else(|| panic!("{path} does not hold {words:?}"));
        text[..at].matches('\n').count() + 1
    }

    /// Paths and contents.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// What the content layer makes of it, without touching a disk.
    pub fn load(&self) -> Result<Library, Vec<Problem>> {
        let mut files = Files::default();
        for (path, bytes) in self.files() {
            files.insert(path, bytes);
        }
        content::load(&files)
    }

    /// Its problems; none when it is good.
    pub fn problems(&self) -> Vec<Problem> {
        self.load().err().unwrap_or_default()
    }

    /// Writes all files under a folder.
    pub fn write_to(&self, folder: &Path) {
        for (path, bytes) in self.files() {
            let file = folder.join(path);
            fs::create_dir_all(file.parent().expect("a file stands in a folder")).expect("a folder for a fixture");
            fs::write(file, bytes).expect("a fixture's file");
        }
    }
}

const VOCABULARY: &str = r#"tools = ["ss"]
runtimes = ["Go"]
"#;

const SIGNALS: &str = r#"[state.close-wait]
zh = "CLOSE_WAIT 堆积"
en = "CLOSE_WAIT pile-up"
short = "CLOSE_WAIT"
area = "closing"
spellings = ["CLOSE_WAIT", "CLOSE-WAIT"]
about = { zh = "对端已关，本端未关。", en = "The peer closed, this side did not." }
command = "ss -tan state close-wait"

[error.timeout]
zh = "请求超时"
en = "request timed out"
short = { zh = "超时", en = "timeout" }
area = "connecting"
spellings = ["timed out"]
about = { zh = "没有在时限内答复。", en = "No answer within the limit." }

[counter.listen-overflows]
zh = "ListenOverflows 增长"
en = "ListenOverflows grows"
short = "ListenOverflows"
spellings = ["TcpExtListenOverflows"]
about = { zh = "accept 队列满。", en = "The accept queue is full." }
"#;

const GLOSSARY: &str = r#"[backlog]
zh = "监听队列"
en = "backlog"
def = { zh = "等待 accept 的连接。", en = "Connections that wait for accept." }
source = "https://www.rfc-editor.org/rfc/rfc9293"
"#;

const FACTS: &str = r#"published  = 2026-11-20
updated    = 2026-11-22
layers     = ["tcp"]
tools      = ["ss"]
runtimes   = ["Go"]
difficulty = 2

[checked]
on   = 2026-11-22
with = ["Linux 6.18"]

[symptoms]
zh = ["请求超时", "端口还通", "重启就好"]
en = ["requests time out", "the port still connects", "a restart helps"]

[[signal]]
id     = "state.close-wait"
weight = 5
hot    = true
glance = true
value  = "×513"

[[signal]]
id     = "error.timeout"
weight = 2
glance = true

[[signal]]
id     = "counter.listen-overflows"
weight = 3

[[related]]
slug = "OTHER"
how  = { zh = "同样的状态，另一个原因", en = "The same state, another cause" }

[[source]]
title = "RFC 9293"
url   = "https://www.rfc-editor.org/rfc/rfc9293"
kind  = "rfc"
date  = 2026-11-22

[[source]]
title = "tcp(7)"
url   = "https://man7.org/linux/man-pages/man7/tcp.7.html"
kind  = "manual"
date  = 2026-11-22
"#;

const LOOK_EVIDENCE: &str = r#"
[evidence.look]
command = "ss -ltn 'sport = :8080'"
hits    = [{ line = 2, mark = ["513"] }]
"#;

const ALPHA_EVIDENCE: &str = r#"
[evidence.look]
command = "ss -ltn 'sport = :8080'"
host    = "server"
hits    = [{ line = 2, mark = ["513", "512"] }]
mute    = [1]
pcap    = "main.pcap"

[evidence.log]
label = "app.log"
show  = [[1, 2], [4, 4]]
"#;

const LOOK: &str =
    "State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 513    512    0.0.0.0:8080       0.0.0.0:*\n";

const LOG: &str = "first line\nsecond line\nthird line\nfourth line\n";

const PICTURE: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path d="M0 0h2"/></svg>"#;

const SEQUENCE: &str = r#"about = { zh = "时序：握手完成，没有人调用 accept。", en = "Sequence: the handshake completes, nobody calls accept." }
unit  = "s"

[[host]]
id = "nginx"
name = "nginx"
address = "10.0.9.4:52644"
role = "client"

[[host]]
id = "app"
name = { zh = "Go 服务", en = "Go service" }
role = "server"

[[step]]
at = 0.0
packet = "syn"
from = "nginx"
to = "app"
label = "SYN"

[[step]]
state = "CLOSE_WAIT"
on = "app"
stuck = true
note = { zh = "没有 pid", en = "no pid" }

[[step]]
gap = { zh = "五秒", en = "5 s" }

[[step]]
call = "close()"
on = "nginx"

[[step]]
missing = { zh = "缺一个 FIN", en = "a FIN is missing" }
from = "app"
to = "nginx"
"#;

const ALPHA_ZH: &str = r#"+++
title       = "大量 CLOSE_WAIT，请求超时"
description = "套接字停在 CLOSE_WAIT，没有进程关它们。"
cause       = "没有人调用 `accept`。"
fix         = "把上限调大。"
environment = "Go · Linux 6.18"
reproduce   = "约 10 秒"
+++

## 症状

请求超时，见 [CLOSE_WAIT](signal:state.close-wait)。

## 证据

监听队列满了：

```evidence look
2: 队列满了
---
看 `Recv-Q` 一列。
```

### 没有 pid 的连接 {#no-pid}

![队列的图](evidence/look.svg)

```evidence log
```

```sequence main
看最后一步。
```

## 根因

> 没有人调用 `accept`。

| 状态 | 含义 |
|---|---|
| LISTEN | 在等 |

## 常被说错

- **“调大 backlog 就好”**：只是晚一点满。

## 修复

```go diff tab="Go"
 l := listen()
-limit(l, 512)
+limit(l, 8192)
```

```nginx tab="nginx"
keepalive 64;
```

## 在 Linux 上复现

```file repro/run.sh
```

## 确认修好了

- `ss -ltn`：Recv-Q 是 0。
- 看[没有 pid 的连接](#no-pid)是否消失。

## 预防

盯住 ListenOverflows，另见[另一个案例](case:beta)和[手册](https://man7.org/)。

```tool dead-peer
```
"#;

const ALPHA_EN: &str = r#"+++
title       = "Many CLOSE_WAIT sockets, requests time out"
description = "Sockets stay in CLOSE_WAIT and no process closes them."
cause       = "Nobody calls `accept`."
fix         = "Raise the limit."
environment = "Go · Linux 6.18"
reproduce   = "about 10 seconds"
+++

## Symptom

Requests time out, see [CLOSE_WAIT](signal:state.close-wait).

## Evidence

The backlog is full:

```evidence look
2: the queue is full
---
Read the `Recv-Q` column.
```

### Connections without a pid {#no-pid}

![The queue as a drawing](evidence/look.svg)

```evidence log
```

```sequence main
Look at the last step.
```

## Root cause

> Nobody calls `accept`.

| State | Meaning |
|---|---|
| LISTEN | waits |

## Often told wrong

- **"Raise the backlog"**: it only fills later.

## Fix

```go diff tab="Go"
 l := listen()
-limit(l, 512)
+limit(l, 8192)
```

```nginx tab="nginx"
keepalive 64;
```

## Reproduce on Linux

```file repro/run.sh
```

## Verify

- `ss -ltn`: Recv-Q is 0.
- The [connections without a pid](#no-pid) are gone.

## Prevent

Watch ListenOverflows, see [another case](case:beta) and [the manual](https://man7.org/).

```tool dead-peer
```
"#;

const BETA_ZH: &str = r#"+++
title       = "只有几个连接卡住"
description = "少数连接停住。"
cause       = "处理函数卡住了。"
fix         = "加超时。"
environment = "Go"
reproduce   = "约 5 秒"
+++

## 症状

少数请求不返回。

## 证据

```evidence look
```

## 根因

> 处理函数卡住了。

## 修复

加超时。

## 在 Linux 上复现

跑一次就能看到。

## 确认修好了

- `ss -tan`：没有 CLOSE-WAIT。

## 预防

给每个调用设时限。
"#;

const BETA_EN: &str = r#"+++
title       = "A few connections hang"
description = "A few connections stop."
cause       = "A handler is stuck."
fix         = "Add a timeout."
environment = "Go"
reproduce   = "about 5 seconds"
+++

## Symptom

A few requests never return.

## Evidence

```evidence look
```

## Root cause

> A handler is stuck.

## Fix

Add a timeout.

## Reproduce on Linux

Run it once.

## Verify

- `ss -tan`: no CLOSE-WAIT.

## Prevent

Give every call a limit.
"#;
