//! Counters for operators, in Prometheus' words. Handles are made once: counting costs an atomic addition.

use std::time::Duration;

use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};

/// The counters of a server.
pub struct Metrics {
    /// Pages answered from memory.
    pub pages: Counter,
    /// Pages the visitor had already.
    pub not_modified: Counter,
    /// Pages made on demand.
    pub made: Counter,
    /// Answers by the router, by class of status.
    routed: [Counter; 4],
    /// How long those took.
    duration: Histogram,
    /// Requests refused because too many were at work.
    pub shed: Counter,
    /// Connections taken.
    pub connections: Counter,
    /// Connections refused because too many were open.
    pub connections_refused: Counter,
    /// Content reloads that were taken.
    pub reloads: Counter,
    /// Content reloads that were refused.
    pub reloads_refused: Counter,
}

impl Metrics {
    /// Registers them with the recorder in force.
    pub fn new() -> Metrics {
        describe_counter!("http_pages_total", "pages and assets answered from memory");
        describe_counter!("http_routed_total", "answers of search, forms and errors, by class of status");
        describe_histogram!("http_routed_seconds", metrics::Unit::Seconds, "time to answer them");
        describe_counter!("http_shed_total", "requests answered with 503 because too many were at work");
        let class = |class: &'static str| counter!("http_routed_total", "status" => class);
        Metrics {
            pages: counter!("http_pages_total", "status" => "200"),
            not_modified: counter!("http_pages_total", "status" => "304"),
            made: counter!("pages_made_total"),
            routed: [class("2xx"), class("3xx"), class("4xx"), class("5xx")],
            duration: histogram!("http_routed_seconds"),
            shed: counter!("http_shed_total"),
            connections: counter!("connections_total"),
            connections_refused: counter!("connections_refused_total"),
            reloads: counter!("content_reloads_total", "result" => "taken"),
            reloads_refused: counter!("content_reloads_total", "result" => "refused"),
        }
    }

    /// Counts an answer of the router.
    pub fn routed(&self, status: http::StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(2, 5) - 2;
        self.routed[class].increment(1);
        self.duration.record(took.as_secs_f64());
    }
}
