//! Draws a scenario into a page with the site's styles, to be looked at:
//! `cargo run -p stage --example draw -- SCENARIO.json out.html [--zh] [--narrow] [--dark] [--from MS] [--to MS] [--at MS]`.
//! Times count from the first packet.

use std::path::Path;

use netsim::scenario::Scenario;
use netsim::world::World;
use stage::{Frame, Lang, Story, now, picture};

const CSS: &[&str] = &["app", "tokens", "reset", "base", "layout", "components/fig", "components/stage"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [scenario, out, ..] = args.as_slice() else { return Err("draw SCENARIO.json out.html".into()) };
    let flag = |name: &str| args.iter().any(|a| a == name);
    let number = |name: &str| {
        let i = args.iter().position(|a| a == name)?;
        args.get(i + 1)?.parse::<f64>().ok()
    };
    let scenario = Scenario::parse(&std::fs::read_to_string(scenario)?)?;
    let mut world = World::new(&scenario, 1)?;
    world.watch_sockets();
    world.run();
    let zero = Story::new(&world).zero as f64;
    let from = number("--from").map_or(0, |ms| (zero + ms * 1000.0) as u64);
    let story = Story::lettered(&world, from);
    let (lang, tag) = if flag("--zh") { (Lang::Zh, "zh-Hans") } else { (Lang::En, "en") };
    let width = match (number("--width"), flag("--narrow")) {
        (Some(width), _) => width as u32,
        (None, true) => 390,
        (None, false) => 610,
    };
    let mut frame = Frame::all(&story, width, lang);
    let time = |ms: f64| story.zero + (ms * 1000.0) as u64;
    frame.from = number("--from").map_or(frame.from, time);
    frame.to = number("--to").map_or(frame.to, time);
    frame.at = if flag("--telling") { Some(picture(&story, frame).telling) } else { number("--at").map(time) };
    let drawn = picture(&story, frame);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut css = String::new();
    for name in CSS {
        css.push_str(&std::fs::read_to_string(root.join("static/css").join(name).with_extension("css"))?);
    }
    let css = css.replace("../fonts/", &format!("file://{}/static/fonts/", root.canonicalize()?.display()));
    let glyphs = std::fs::read_to_string(root.join("server/templates/partials/glyphs.html"))?;
    let glyphs = glyphs.split_once("-#}").map_or(glyphs.as_str(), |g| g.1);
    let theme = if flag("--dark") { "dark" } else { "light" };
    let mut table = String::new();
    for r in &drawn.rows {
        let ms = |us: u64| (us as f64 - story.zero as f64) / 1000.0;
        let words = r.words.replace('&', "&amp;").replace('<', "&lt;");
        table.push_str(&format!("<tr><td>{:.2}<td>{:.2}<td>{}<td>{}<td>{words}", ms(r.from), ms(r.to), r.host, r.kind));
    }
    let now = now(&story, frame.at.unwrap_or(frame.to), lang).1;
    let html = format!(
        "<!doctype html><html lang=\"{tag}\" data-theme=\"{theme}\"><meta charset=\"utf-8\"><style>{css}\
         body{{margin:0}}table{{font-size:12px}}td{{padding:0 8px}}</style><body>{glyphs}\
         <div class=\"chart stage-box\">{}</div><p>{now}</p><table>{table}</table></body></html>",
        drawn.svg()
    );
    std::fs::write(out, html)?;
    println!("{} packets, {} rows, {} bytes of SVG", story.packets.len(), drawn.rows.len(), drawn.svg().len());
    Ok(())
}
