//! What of a preset can be downloaded: its configuration and, of a scenario of hosts, what passed each end.

use netsim::scenario::Scenario;
use netsim::view::pcapng;
use netsim::world::World;

use crate::domain::preset::Kind;
use crate::domain::{Preset, Slug};

/// A file of a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresetFile {
    /// The engine's input.
    Config,
    /// What passed the client's device.
    Client,
    /// What passed the server's device.
    Server,
}

impl PresetFile {
    /// The files of a preset.
    pub fn of(preset: &Preset) -> &'static [PresetFile] {
        match preset.kind {
            Kind::Tcp => &[PresetFile::Config, PresetFile::Client, PresetFile::Server],
            Kind::Names { .. } | Kind::Stream => &[PresetFile::Config],
        }
    }

    /// Where it is. No slug begins with an underscore, so no case has this folder.
    pub fn href(preset: &Slug, file: PresetFile) -> String {
        let name = match file {
            PresetFile::Config => "scenario.json",
            PresetFile::Client => "client.pcapng",
            PresetFile::Server => "server.pcapng",
        };
        format!("/files/_presets/{preset}/{name}")
    }

    /// Its media type.
    pub fn media(self) -> &'static str {
        match self {
            PresetFile::Config => "application/json",
            PresetFile::Client | PresetFile::Server => "application/x-pcapng",
        }
    }

    /// Its bytes. The checks of the content have made sure that a scenario runs.
    pub fn bytes(self, preset: &Preset) -> Vec<u8> {
        let side = match self {
            PresetFile::Config => return preset.config.clone().into_bytes(),
            PresetFile::Client => 0,
            PresetFile::Server => 1,
        };
        let run = |scenario: Scenario| {
            let mut world = World::new(&scenario, preset.seed).ok()?;
            world.run();
            Some(pcapng::render(world.trace(), side, world.now()))
        };
        Scenario::parse(&preset.config).ok().and_then(run).unwrap_or_default()
    }
}
