// Chromium of the system, one server a worker (lib.js starts it). A journey that fails once has failed: no retries.

import { defineConfig } from "@playwright/test";
import { chromium, flags } from "./server.js";

export default defineConfig({
  testMatch: "*.spec.js",
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 8_000 },
  reporter: "line",
  use: {
    browserName: "chromium",
    actionTimeout: 12_000,
    launchOptions: { executablePath: chromium, args: flags },
    colorScheme: "light",
    trace: "off",
    screenshot: "off",
    video: "off",
  },
});
