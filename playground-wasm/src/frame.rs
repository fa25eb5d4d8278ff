//! A stream, cut into reads, and the messages that a codec or an HTTP/1.1 reader makes of it.

use netsim::framing::question::Question;

/// Draws a [`Question`] as [`stage::bytes::Lanes::json`]: names of its lanes, one a line, and the width in px.
pub fn lanes(question: &str, names: &str, width: u32) -> Result<String, String> {
    let question = Question::parse(question).map_err(|e| e.to_string())?;
    let names: Vec<&str> = names.lines().collect();
    let lanes = stage::bytes::lanes(&question, &names, width as usize, None);
    lanes.map(|lanes| lanes.json()).ok_or_else(|| format!("pieces: at most {} bytes are expected", stage::bytes::MOST))
}

#[cfg(test)]
mod tests {
    use netsim::framing::spelling::hex;

    use super::*;

    fn frame(question: &str) -> Result<String, String> {
        Question::parse(question).map(|question| question.answer().json()).map_err(|e| e.to_string())
    }

    fn ask(question: &str) -> serde_json::Value {
        serde_json::from_str(&frame(question).unwrap()).unwrap()
    }

    #[test]
    fn a_split_header_waits() {
        let answer = ask(r#"{"pieces":["00","03616263","0001"],"codec":"u16be","limit":99,"handler":"loop"}"#);
        assert_eq!(answer["messages"], serde_json::json!([{"read": 1, "end": 5, "hex": "616263", "http": null}]));
        assert_eq!(answer["waits"], serde_json::json!([[1, null], [0, null], [2, 1]]));
        assert_eq!(answer["left"], 2);
    }

    #[test]
    fn datagrams_lose_their_tail() {
        let answer = ask(
            r#"{"pieces":["61620a63640a","650a"],"codec":"line","limit":99,"handler":"loop","udp":{"room":4,"mtu":1500}}"#,
        );
        assert_eq!(answer["datagrams"], serde_json::json!([[4, 2, 1], [2, 0, 1]]));
        assert_eq!(answer["messages"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_204_has_no_body() {
        let head = b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n";
        let ask = |trusts| {
            ask(&format!(
                r#"{{"pieces":["{}"],"codec":"http-responses","limit":99,"handler":"loop","methods":["GET"],"trusts_length":{trusts}}}"#,
                hex(head)
            ))
        };
        assert_eq!(ask(false)["messages"][0]["http"], serde_json::json!(["204", "NoBody"]));
        assert_eq!(ask(true)["messages"], serde_json::json!([]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let bad = |text: &str| frame(text).unwrap_err();
        assert!(bad(r#"{"pieces":["0"],"codec":"u8","limit":9,"handler":"loop"}"#).starts_with("pieces[0]: "));
        assert!(bad(r#"{"pieces":[],"codec":"u9","limit":9,"handler":"loop"}"#).starts_with("codec: "));
        assert!(bad(r#"{"pieces":[],"codec":"u8","limit":9,"handler":"often"}"#).starts_with("handler: "));
        assert!(bad(r#"{"pieces":[]}"#).starts_with("limit: "));
    }
}
