//! A stream, cut into reads, and the messages that a codec makes of it.

/// Trial.
pub fn frame(question: &str) -> Result<String, String> {
    use netsim::framing::http::{Policy, Reader, Side};
    use netsim::framing::reader::{Handler, read};
    use netsim::framing::{ByteOrder, Codec, Width};
    let codec = match question.len() % 4 {
        0 => Codec::None,
        1 => Codec::Delimiter(vec![10]),
        2 => Codec::Length(Width::Two, ByteOrder::Big),
        _ => Codec::Varint,
    };
    let seen = read(&[question.as_bytes()], &codec, 100, Handler::Loop);
    let mut r = Reader::new(Side::Responses, Policy::Rfc, 1000);
    let mut n = 0;
    let e = r.push(question.as_bytes(), |_| n += 1);
    Ok(format!("{} {n} {}", seen.messages.len(), e.is_ok()))
}
