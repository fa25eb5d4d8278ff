//! The legend of packets: colour, glyph and line.

use askama::Template;

use super::rendered;
use crate::domain::sequence::{Event, Host, PacketKind, Sequence, Step};
use crate::domain::{Both, Lang};
use crate::web::view::sequence;
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::text::Text;

#[derive(Template)]
#[template(path = "pages/legend.html")]
struct LegendPage {
    shell: Shell,
    kinds: Vec<KindRow>,
    sample: String,
}

struct KindRow {
    class: &'static str,
    glyph: &'static str,
    name: &'static str,
    glyph_words: &'static str,
    line_words: &'static str,
}

/// Renders it.
pub fn render(frame: &Frame, lang: Lang) -> String {
    let t = Text(lang);
    let mut shell = frame.shell(lang, "/legend", t.legend_title(), t.legend_lead());
    shell.at = Nav::Legend;
    shell.glyphs = true;
    let kinds = PacketKind::ALL
        .iter()
        .map(|kind| {
            let (class, glyph) = sequence::look(*kind);
            let (glyph_words, line_words) = words(*kind, lang);
            KindRow { class, glyph, name: t.packet(*kind), glyph_words, line_words }
        })
        .chain(std::iter::once(lost(lang)))
        .collect();
    rendered(&LegendPage { kinds, sample: sequence::svg(&sample(), lang), shell })
}

fn lost(lang: Lang) -> KindRow {
    let (name, glyph_words, line_words) = match lang {
        Lang::Zh => ("丢失的包", "虚线圆加叉", "点线，在丢失处停住"),
        Lang::En => ("lost packet", "dashed circle with a cross", "dots that stop where it died"),
    };
    KindRow { class: "rst", glyph: "lost", name, glyph_words, line_words }
}

fn words(kind: PacketKind, lang: Lang) -> (&'static str, &'static str) {
    let (zh, en) = match kind {
        PacketKind::Syn => (("空心菱形", "实线"), ("hollow diamond", "solid")),
        PacketKind::SynAck => (("半实心菱形", "实线"), ("half-filled diamond", "solid")),
        PacketKind::Ack => (("空心圆", "细线，开口箭头"), ("hollow circle", "thin, open arrow")),
        PacketKind::DupAck => (("双圆", "细线，开口箭头"), ("double circle", "thin, open arrow")),
        PacketKind::Data => (("实心方块", "粗线"), ("solid block", "thick")),
        PacketKind::Fin => (("方块加竖线", "双线"), ("block with an end bar", "double line")),
        PacketKind::Rst => (("粗叉", "锯齿线"), ("heavy cross", "zigzag")),
        PacketKind::Retx => (("斜纹方块", "虚线"), ("hatched block", "dashes")),
        PacketKind::ZeroWindow => {
            (("空心倒三角", "细线，开口箭头"), ("hollow triangle, point down", "thin, open arrow"))
        }
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// One of everything.
fn sample() -> Sequence {
    let both = |zh: &str, en: &str| Both { zh: zh.to_owned(), en: en.to_owned() };
    let same = |text: &str| both(text, text);
    let packet = |kind, from: usize, label: &str| Step {
        at: None,
        event: Event::Packet { kind, from, to: 1 - from, label: same(label), lost: false },
    };
    let step = |event| Step { at: None, event };
    Sequence {
        about: both("示例时序图：每一种包和标记各出现一次。", "A sample diagram with one of each packet and mark."),
        unit: "s".to_owned(),
        hosts: vec![
            Host { name: both("客户端", "client"), address: String::new(), client: true },
            Host { name: both("服务端", "server"), address: String::new(), client: false },
        ],
        steps: vec![
            packet(PacketKind::Syn, 0, "SYN"),
            packet(PacketKind::SynAck, 1, "SYN, ACK"),
            packet(PacketKind::Ack, 0, "ACK"),
            step(Event::State { on: 1, name: same("ESTABLISHED"), stuck: false, note: None }),
            packet(PacketKind::Data, 0, "100 B"),
            step(Event::Packet { kind: PacketKind::Data, from: 0, to: 1, label: same("200 B"), lost: true }),
            packet(PacketKind::DupAck, 1, "ACK 101"),
            packet(PacketKind::Retx, 0, "200 B"),
            packet(PacketKind::ZeroWindow, 1, "win 0"),
            step(Event::Gap(both("60 秒", "60 s"))),
            packet(PacketKind::Fin, 0, "FIN"),
            packet(PacketKind::Ack, 1, "ACK"),
            step(Event::State {
                on: 1,
                name: same("CLOSE_WAIT"),
                stuck: true,
                note: Some(both("没有 close()", "no close()")),
            }),
            step(Event::Missing { from: 1, to: 0, text: both("缺一个 FIN", "a FIN is missing") }),
            packet(PacketKind::Rst, 0, "RST"),
        ],
    }
}
