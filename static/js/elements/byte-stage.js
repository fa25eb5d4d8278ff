// <byte-stage> around a stream that the server drew: `data-kind=stream`. What it does stands in stage/stream-player.js.

import { Part } from "../lib/part.js";
import { Player } from "../stage/stream-player.js";

class ByteStage extends Part {
  /** @param {AbortSignal} signal */
  start(signal) {
    this.player = new Player(this, signal);
  }
}

customElements.define("byte-stage", ByteStage);
