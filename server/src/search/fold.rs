//! One spelling for what is the same to a reader: NFKC, and simplified characters with mainland terms.

use std::borrow::Cow;
use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;
use unicode_normalization::UnicodeNormalization;

/// The common ideographs: what is outside has no simplified form worth a table.
const FIRST_HAN: u32 = 0x4e00;
const LAST_HAN: u32 = 0x9fff;

/// A line in NFKC, simplified. Lines that have nothing to fold, which most are, come back as they are.
pub fn folded(line: &str) -> Cow<'_, str> {
    let narrow = narrowed(line);
    match &*SIMPLIFIER {
        Some(simplifier) if simplifier.concerns(&narrow) => Cow::Owned(simplifier.opencc.convert(&narrow)),
        _ => narrow,
    }
}

/// NFKC. Ours are mostly ASCII, Han and full-width forms, which need no tables; anything else takes the long way.
fn narrowed(line: &str) -> Cow<'_, str> {
    let plain = |c: char| {
        c.is_ascii() || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3001}' | '\u{3002}' | '\u{2013}'..='\u{201d}')
    };
    let full_width = |c: char| matches!(c, '\u{ff01}'..='\u{ff5e}');
    if line.chars().all(plain) {
        Cow::Borrowed(line)
    } else if line.chars().all(|c| plain(c) || full_width(c)) {
        // U+FF01 to U+FF5E are ASCII's ! to ~ in the same order.
        let narrow = |c: char| if full_width(c) { char::from((c as u32 - 0xff01) as u8 + b'!') } else { c };
        Cow::Owned(line.chars().map(narrow).collect())
    } else {
        // One character may unfold to eighteen; a line of nothing but those is no text.
        Cow::Owned(line.nfkc().take(64 + 2 * line.len()).collect())
    }
}

/// OpenCC's tables from traditional characters and the terms of Taiwan to simplified ones and those of the mainland:
/// 連線 becomes 连接, 埠 becomes 端口. `None` would mean that the tables built into the binary are broken.
static SIMPLIFIER: LazyLock<Option<Simplifier>> = LazyLock::new(Simplifier::new);

struct Simplifier {
    opencc: OpenCC,
    /// A bit for each common ideograph that simplified text does not use.
    traditional: Vec<u64>,
}

impl Simplifier {
    fn new() -> Option<Simplifier> {
        let opencc = OpenCC::from_config(BuiltinConfig::Tw2sp).ok()?;
        let characters = OpenCC::from_config(BuiltinConfig::T2s).ok()?;
        let mut traditional = vec![0_u64; ((LAST_HAN - FIRST_HAN) / 64 + 1) as usize];
        for code in FIRST_HAN..=LAST_HAN {
            let Some(c) = char::from_u32(code) else { continue };
            let mut bytes = [0; 4];
            let alone: &str = c.encode_utf8(&mut bytes);
            if characters.convert(alone) != alone {
                let at = (code - FIRST_HAN) as usize;
                traditional[at / 64] |= 1 << (at % 64);
            }
        }
        Some(Simplifier { opencc, traditional })
    }

    /// Whether a line holds traditional characters. Simplified text must not be converted: 程序 would become 过程's term.
    fn concerns(&self, line: &str) -> bool {
        line.chars().any(|c| {
            let code = c as u32;
            if !(FIRST_HAN..=LAST_HAN).contains(&code) {
                return false;
            }
            let at = (code - FIRST_HAN) as usize;
            self.traditional[at / 64] >> (at % 64) & 1 == 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_characters_and_terms_become_simplified_ones() {
        for (typed, read) in [
            ("連線數", "连接数"),
            ("伺服器 重啟", "服务器 重启"),
            ("埠被佔用", "端口被占用"),
            ("網路 逾時", "网络 逾时"),
            ("資料庫連線", "数据库连接"),
        ] {
            assert_eq!(folded(typed), read, "{typed}");
        }
    }

    #[test]
    fn a_line_does_not_grow_without_bounds() {
        assert!(folded(&"\u{fdfa}".repeat(1_000)).chars().count() <= 64 + 6_000);
        assert_eq!(folded("\u{fdfa}").chars().count(), 18);
    }

    #[test]
    fn simplified_and_latin_text_stays() {
        for text in ["程序连接了端口", "accept 队列，满了。", "ss -tan", "“a – b”"] {
            assert!(matches!(folded(text), Cow::Borrowed(_)) || text.contains('，'), "{text}");
        }
        assert_eq!(folded("ＦＩＮ＿ＷＡＩＴ２，ﬁn ①"), "FIN_WAIT2,fin 1");
    }
}
