// <keys-switch> around a checkbox: turns single-key shortcuts off and on again, on this device.

import { Part, store, stored } from "../lib/part.js";

class KeysSwitch extends Part {
  /** @param {AbortSignal} signal */
  start(signal) {
    const box = this.querySelector("input");
    if (!box) return;
    box.disabled = false;
    box.checked = stored("pc-keys") !== "off";
    box.addEventListener("change", () => store("pc-keys", box.checked ? null : "off"), { signal });
  }
}

customElements.define("keys-switch", KeysSwitch);
