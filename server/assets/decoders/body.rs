/// The fields of a head that say where its body ends: all values, as they stand.
pub struct Fields<'a> {
    pub transfer_encoding: Vec<&'a str>,
    pub content_length: Vec<&'a str>,
}

/// Which rule of RFC 9112, 6.3 ends the body of a response, and its length where that is known.
pub fn body_rule(method: &str, status: u16, head: &Fields) -> (u8, u64) {
    match (method, status) {
        ("HEAD", _) | (_, 100..200 | 204 | 304) => (1, 0),
        ("CONNECT", 200..300) => (2, 0),
        _ => by_fields(head),
    }
}

/// Looks at the fields before the status: it waits for the body of a 204.
pub fn naive_rule(method: &str, status: u16, head: &Fields) -> (u8, u64) {
    let silent = head.transfer_encoding.is_empty() && head.content_length.is_empty();
    if silent || status == 101 || method == "CONNECT" && (200..300).contains(&status) {
        return body_rule(method, status, head);
    }
    by_fields(head)
}

fn by_fields(head: &Fields) -> (u8, u64) {
    let mut length = None;
    for text in head.content_length.iter().flat_map(|field| field.split(',')) {
        match text.trim_matches([' ', '\t']).parse::<u64>() {
            Ok(n) if length.is_none_or(|other| other == n) => length = Some(n),
            _ => return (5, 0), // stricter than the RFC: also beside Transfer-Encoding
        }
    }
    match (head.transfer_encoding.is_empty(), length) {
        (false, Some(_)) => (3, 0), // perhaps an attack; close after it
        (false, None) => (4, 0),    // to the last chunk if chunked is the last coding, else to the close
        (true, Some(length)) => (6, length),
        (true, None) => (8, 0), // to the close
    }
}
