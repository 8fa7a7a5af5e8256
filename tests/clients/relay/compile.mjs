// Runs relay-compiler from nothing: it tells the texts of those documents alone that it writes anew.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";

rmSync("build/relay", { recursive: true, force: true });
mkdirSync("build/relay", { recursive: true });
writeFileSync("build/relay/package.json", '{ "type": "commonjs" }'); // as it writes its modules
writeFileSync("build/relay.documents.json", "{}");
try {
  execFileSync("relay-compiler", ["relay.config.json"], { stdio: "pipe" });
} catch ({ stdout, stderr }) {
  console.error(`${stdout}${stderr}`);
  process.exitCode = 1;
}
