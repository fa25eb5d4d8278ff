//! One made-up case: facts, both pages, evidence, a diagram and a script. About as long as a real one of middle length.

use super::evidence::{self, Evidence};
use super::random::Random;
use super::words::{Both, Signal, Words, with_other_numbers};

/// Sections with their headings, in the order that content/README.md asks for.
const HEADINGS: Both<[&str; 8]> = Both {
    zh: ["症状", "证据", "根因", "常被说错", "修复", "在 Linux 上复现", "确认修好了", "预防"],
    en: ["Symptom", "Evidence", "Root cause", "Often told wrong", "Fix", "Reproduce on Linux", "Verify", "Prevent"],
};

const LAYERS: &[&str] = &["link", "ip", "tcp", "udp", "tls", "dns", "http", "app"];

/// Notes fit beside a line: at most 14 Han or 28 letters.
const NOTES: Both<&[&str]> = Both {
    zh: &["从这里开始等", "对端没有回应", "只剩这一边", "数字不再变化", "队列满了", "多等了一轮"],
    en: &[
        "the wait begins here",
        "the peer is silent",
        "only this end is left",
        "the count stands still",
        "the queue is full",
        "one round too many",
    ],
};

/// A file of the case's folder.
pub struct File {
    /// Its path from that folder.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// What is decided before anything is written.
struct Plan<'w> {
    number: usize,
    words: &'w Words,
    signals: Vec<&'w Signal>,
    evidence: Vec<Evidence>,
    random: Random,
}

/// The name of a case. Needs nothing but the numbers, so that other cases can point to it.
pub fn slug(words: &Words, seed: u64, number: usize) -> String {
    slug_of(main_signal(words, &mut Random::of_case(seed, number)), number)
}

fn slug_of(signal: &Signal, number: usize) -> String {
    let name: String = signal.short().chars().take(48).collect();
    format!("{}-{number:05}", name.trim_end_matches('-'))
}

fn main_signal<'w>(words: &'w Words, random: &mut Random) -> &'w Signal {
    &words.signals[random.between(0, words.signals.len() - 1)]
}

/// The files of case `number` of a library of `total`.
pub fn files(words: &Words, seed: u64, number: usize, total: usize) -> Vec<File> {
    let mut random = Random::of_case(seed, number);
    let main = main_signal(words, &mut random);
    let others = random.places(7, words.signals.len()).into_iter().map(|place| &words.signals[place]);
    let mut signals = vec![main];
    signals.extend(others.filter(|signal| signal.id != main.id));
    let evidence = evidence::all(&mut random);
    let mut plan = Plan { number, words, signals, evidence, random };

    let related: Vec<String> = [1, 7]
        .iter()
        .map(|step| (number + step) % total)
        .filter(|other| *other != number)
        .map(|other| slug(words, seed, other))
        .collect();
    let file = |path: &str, text: String| File { path: path.to_owned(), text };
    let mut files = vec![
        file("case.toml", plan.facts(&related)),
        file("zh.md", plan.page_zh()),
        file("en.md", plan.page_en()),
        file("sequences/main.toml", plan.sequence()),
        file("repro/run.sh", plan.script()),
    ];
    files.extend(plan.evidence.iter().map(|e| file(&format!("evidence/{}.txt", e.key), e.lines.join("\n") + "\n")));
    files
}

impl Plan<'_> {
    fn facts(&mut self, related: &[String]) -> String {
        let day = |random: &mut Random| {
            format!("202{}-{:02}-{:02}", random.between(4, 6), random.between(1, 10), random.between(1, 28))
        };
        let layers: Vec<String> =
            self.random.places(2, LAYERS.len()).iter().map(|place| LAYERS[*place].to_owned()).collect();
        let (words, random) = (self.words, &mut self.random);
        let tools: Vec<String> =
            random.places(4, words.tools.len()).iter().map(|place| words.tools[*place].clone()).collect();
        let runtimes: Vec<String> =
            random.places(2, words.runtimes.len()).iter().map(|place| words.runtimes[*place].clone()).collect();
        let (published, difficulty) = (day(random), random.between(1, 3));
        let mut text = format!(
            "published  = {published}\nupdated    = {published}\nlayers     = {}\ntools      = {}\nruntimes   = {}\ndifficulty = {difficulty}\n\n\
             [checked]\non   = {published}\nwith = [\"Linux 6.18\"]\n\n",
            array(&layers),
            array(&tools),
            array(&runtimes),
        );
        text += &self.symptoms(&tools);
        text += &self.signal_tables();
        for slug in related {
            text += &format!(
                "[[related]]\nslug = \"{slug}\"\nhow  = {{ zh = \"同样的信号，别的原因\", en = \"The same signals, another cause\" }}\n\n"
            );
        }
        for section in [3, 5] {
            text += &format!(
                "[[source]]\ntitle = \"RFC 9293, {section}.{}\"\nurl   = \"https://www.rfc-editor.org/rfc/rfc9293#section-{section}\"\nkind  = \"rfc\"\ndate  = {published}\n\n",
                self.random.between(1, 9),
            );
        }
        for e in &self.evidence {
            text += &format!(
                "[evidence.{}]\n{}\nhost = \"app\"\nhits = [{{ line = {}, mark = [{}] }}]\n\n",
                e.key,
                e.source,
                e.hit,
                string(&e.mark)
            );
        }
        text
    }

    fn symptoms(&mut self, tools: &[String]) -> String {
        let (a, b) = (&self.signals[0].name, &self.signals[1].name);
        let minutes = self.random.between(2, 90);
        let zh = [
            a.zh.clone(),
            format!("{}，{}", a.zh, b.zh),
            format!("{}：{}", tools[0], a.zh),
            format!("每 {minutes} 分钟一次，{}", b.zh),
        ];
        let en = [
            a.en.clone(),
            format!("{}, {}", a.en, b.en),
            format!("{}: {}", tools[0], a.en),
            format!("every {minutes} minutes {}", b.en),
        ];
        format!("[symptoms]\nzh = {}\nen = {}\n\n", array(&zh), array(&en))
    }

    fn signal_tables(&mut self) -> String {
        let mut text = String::new();
        for (index, signal) in self.signals.iter().enumerate() {
            text += &format!("[[signal]]\nid     = \"{}\"\nweight = {}\n", signal.id, 5 - index.min(4));
            if index < 2 {
                text += &format!("hot    = true\nvalue  = \"×{}\"\n", self.random.between(2, 999));
            }
            if index < 4 {
                text += "glance = true\n";
            }
            text.push('\n');
        }
        text
    }

    fn page_zh(&mut self) -> String {
        let (a, b) = (&self.signals[0].name.zh, &self.signals[1].name.zh);
        let front = format!(
            "+++\ntitle       = {}\ndescription = {}\ncause       = {}\nfix         = {}\nenvironment = \"`curl` · nginx · Linux 6.18\"\nreproduce   = \"需要 root，约 {} 秒\"\n+++\n\n",
            string(&format!("{a}，{b}（第 {} 例）", self.number)),
            string(&format!("{a}，{b}。这是由种子生成的第 {} 个案例。", self.number)),
            string(&format!("队列在 {} ms 内没有人取走。", self.random.between(20, 9_000))),
            string(&format!("把期限设为 {} 秒，再确认一次。", self.random.between(2, 90))),
            self.random.between(5, 60),
        );
        front
            + &self.body(&Tongue {
                headings: HEADINGS.zh,
                pool: &self.words.paragraphs.zh,
                notes: NOTES.zh,
                colon: "：",
                look: "看第",
                look_end: "行",
                aside: "值得看的地方",
            })
    }

    fn page_en(&mut self) -> String {
        let (a, b) = (&self.signals[0].name.en, &self.signals[1].name.en);
        let front = format!(
            "+++\ntitle       = {}\ndescription = {}\ncause       = {}\nfix         = {}\nenvironment = \"`curl` · nginx · Linux 6.18\"\nreproduce   = \"Needs root, about {} s\"\n+++\n\n",
            string(&format!("{a}, {b} (case {})", self.number)),
            string(&format!("{a}, {b}. Case {} of a library made from a seed.", self.number)),
            string(&format!("Nobody takes anything from the queue for {} ms.", self.random.between(20, 9_000))),
            string(&format!("Set the limit to {} s and look again.", self.random.between(2, 90))),
            self.random.between(5, 60),
        );
        front
            + &self.body(&Tongue {
                headings: HEADINGS.en,
                pool: &self.words.paragraphs.en,
                notes: NOTES.en,
                colon: ": ",
                look: "Look at line",
                look_end: "first",
                aside: "What to look at",
            })
    }

    /// The same blocks for both languages, with words of one.
    fn body(&mut self, tongue: &Tongue<'_>) -> String {
        let [symptom, evidence, cause, wrong, fix, reproduce, verify, prevent] = tongue.headings;
        let mut text = format!("## {symptom}\n\n{}{}", self.words(tongue, 3), heading(evidence));
        for index in 0..self.evidence.len() {
            text += &self.evidence_block(index, tongue);
        }
        text += &format!("```sequence main\n{}\n```\n", tongue.aside);
        text += &format!("{}> {}\n\n{}", heading(cause), self.sentence(tongue), self.words(tongue, 6));
        text +=
            &(heading(wrong) + &self.items(tongue, "- ", 3) + &heading(fix) + &self.words(tongue, 1) + &self.code());
        text += &(self.items(tongue, "- ", 2)
            + &heading(reproduce)
            + &self.words(tongue, 1)
            + "```file repro/run.sh\n```\n");
        text += &heading(verify);
        for state in ["close-wait", "syn-recv", "fin-wait-2"] {
            let sentence = self.sentence(tongue);
            text += &format!("- `ss -tan state {state}`{}{sentence}\n", tongue.colon);
        }
        text + &heading(prevent) + &self.items(tongue, "- ", 3)
    }

    fn evidence_block(&mut self, index: usize, tongue: &Tongue<'_>) -> String {
        let (note, caption) = (self.random.one(tongue.notes), self.sentence(tongue));
        let words = self.words(tongue, 1 + index % 2);
        let e = &self.evidence[index];
        let title = format!("{} {} {}", tongue.look, e.hit, tongue.look_end);
        format!(
            "### {title} {{#{}}}\n\n{words}```evidence {}\n{}: {note}\n---\n{caption}\n```\n\n",
            e.key, e.key, e.hit
        )
    }

    fn code(&mut self) -> String {
        let (limit, idle) = (self.random.between(64, 65_535), self.random.between(2, 120));
        format!(
            "```go diff tab=\"Go\"\n l, err := net.Listen(\"tcp\", \":8080\")\n-l = netutil.LimitListener(l, 4)\n+l = netutil.LimitListener(l, {limit})\n+srv := &http.Server{{Handler: mux, IdleTimeout: {idle} * time.Second}}\n srv.Serve(l)\n```\n\n\
             ```nginx diff tab=\"nginx\"\n upstream app {{\n-    server 10.0.3.17:8080;\n+    server 10.0.3.17:8080 max_conns={limit};\n     keepalive {idle};\n }}\n```\n\n"
        )
    }

    fn sequence(&mut self) -> String {
        let mut text = "unit = \"s\"\n\n[about]\nzh = \"时序：握手完成，应用没有读，客户端先关闭。\"\nen = \"Sequence: the handshake is done, the application does not read, the client closes first.\"\n\n".to_owned();
        for (id, role) in [("client", "client"), ("server", "server")] {
            text += &format!(
                "[[host]]\nid = \"{id}\"\nname = \"{id}\"\naddress = \"10.0.{}.{}:8080\"\nrole = \"{role}\"\n\n",
                self.random.between(0, 255),
                self.random.between(2, 254)
            );
        }
        let mut clock = 0;
        for (index, kind) in ["syn", "synack", "ack", "data", "ack", "fin", "ack", "rst"].iter().enumerate() {
            clock += self.random.between(1, 4_000);
            let (from, to) = if matches!(index, 1 | 4 | 6) { ("server", "client") } else { ("client", "server") };
            text += &format!(
                "[[step]]\nat = {}.{:03}\npacket = \"{kind}\"\nfrom = \"{from}\"\nto = \"{to}\"\nlabel = \"{}\"\n\n",
                clock / 1_000,
                clock % 1_000,
                kind.to_uppercase()
            );
        }
        text + "[[step]]\nstate = \"CLOSE_WAIT\"\non = \"server\"\nstuck = true\nnote = { zh = \"没有人读\", en = \"nobody reads\" }\n"
    }

    fn script(&mut self) -> String {
        let (network, port) = (self.random.between(16, 31), self.random.between(1_024, 60_999));
        format!(
            "#!/bin/sh\n# Two network namespaces, a listener that never accepts, a client that gives up.\nset -eu\n\
             ip netns add client\nip netns add server\nip link add c0 netns client type veth peer name s0 netns server\n\
             ip -n client addr add 172.{network}.0.2/24 dev c0\nip -n server addr add 172.{network}.0.3/24 dev s0\n\
             ip -n client link set c0 up\nip -n server link set s0 up\nip netns exec server nc -l {port} &\nsleep 1\n\
             ip netns exec client curl -sS -m 5 http://172.{network}.0.3:{port}/ || true\nip netns exec server ss -tan\n"
        )
    }

    fn sentence(&mut self, tongue: &Tongue<'_>) -> String {
        let place = self.random.between(0, tongue.pool.len() - 1);
        with_other_numbers(&tongue.pool[place], &mut self.random)
    }

    fn words(&mut self, tongue: &Tongue<'_>, paragraphs: usize) -> String {
        (0..paragraphs).map(|_| self.sentence(tongue) + "\n\n").collect()
    }

    fn items(&mut self, tongue: &Tongue<'_>, mark: &str, count: usize) -> String {
        (0..count).map(|_| format!("{mark}{}\n", self.sentence(tongue))).collect::<String>() + "\n"
    }
}

/// One language's words.
struct Tongue<'w> {
    headings: [&'static str; 8],
    pool: &'w [String],
    notes: &'static [&'static str],
    colon: &'static str,
    look: &'static str,
    look_end: &'static str,
    aside: &'static str,
}

fn heading(words: &str) -> String {
    format!("\n## {words}\n\n")
}

fn string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn array(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| string(text)).collect::<Vec<_>>().join(", "))
}
