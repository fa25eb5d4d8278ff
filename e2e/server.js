// The server under test, and the browser: where they are and how they start.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const binary = process.env.PACKET_CLINIC_BIN || "../target/release/packet-clinic";

export const chromium = process.env.PACKET_CLINIC_CHROMIUM || "/usr/bin/chromium";

/** Fit for a container without a sandbox, a screen or a way out; nothing the browser does on its own account. */
export const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** @typedef {{ url: string, stop: () => Promise<void> }} Server */

/**
 * Starts a server of one's own: a free port, an empty database, the content inside the binary.
 * @returns {Promise<Server>}
 */
export async function start() {
  const folder = await mkdtemp(join(tmpdir(), "packet-clinic-"));
  const program = fileURLToPath(new URL(binary, import.meta.url));
  const child = spawn(program, ["serve", "--listen", "127.0.0.1:0", "--database", `sqlite:${join(folder, "e2e.sqlite")}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = async () => {
    const gone = child.exitCode === null && child.signalCode === null && once(child, "exit");
    child.kill("SIGTERM");
    // An open connection may keep a graceful stop waiting; the test is over.
    const patience = setTimeout(() => child.kill("SIGKILL"), 3_000);
    await gone;
    clearTimeout(patience);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: await address(child, program), stop };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The address it prints once it listens.
 * @param {import("node:child_process").ChildProcessByStdio<null, import("node:stream").Readable, import("node:stream").Readable>} child
 * @param {string} program
 * @returns {Promise<string>}
 */
function address(child, program) {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (/** @type {Buffer} */ bytes) => {
      said += bytes;
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url) resolve(url);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", (bytes) => (said += bytes));
    child.on("error", (error) => reject(new Error(`${program}: ${error.message}; PACKET_CLINIC_BIN names another one`)));
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
}
