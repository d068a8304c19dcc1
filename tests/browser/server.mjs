import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));
export const definitions = join(repository, "definitions");
export const binary = process.env.METODE_BIN ?? join(repository, "target/debug/metode");

// Without these a run that is interrupted leaves its server behind: a signal ends node without its exit event.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** A server with fictive cases on a data folder of its own. */
export class Server {
  log = "";

  /** `options` are more of the command's own; `folder` holds other definitions than those that are published. */
  static async start(options = [], folder = definitions) {
    const server = new Server();
    server.options = options;
    server.definitions = folder;
    server.data = await mkdtemp(join(tmpdir(), "metode-browser-"));
    await server.run();
    return server;
  }

  /** Starts on the data that is there; a second time at the same address. */
  async run() {
    const listen = this.url ? new URL(this.url).host : "127.0.0.1:0";
    const options = ["--demo", "--data", this.data, "--listen", listen, "--definitions", this.definitions, ...this.options];
    this.process = spawn(binary, ["serve", ...options], { stdio: ["ignore", "pipe", "pipe"] });
    process.once("exit", this.abandon);
    this.ended = once(this.process, "exit");
    this.process.stderr.setEncoding("utf8").on("data", (text) => { this.log += text; });
    const line = once(createInterface(this.process.stdout), "line");
    const [address] = await Promise.race([line, this.ended.then(() => [null])]);
    if (!address) throw new Error(`The server did not start:\n${this.log}`);
    this.url = new URL(address).origin;
  }

  abandon = () => { this.process.kill("SIGKILL"); };

  /** Ends the server at once, as a power cut would. */
  async kill(signal = "SIGKILL") {
    this.process.kill(signal);
    await this.ended;
    process.removeListener("exit", this.abandon);
  }

  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill("SIGTERM");
    await rm(this.data, { recursive: true, force: true });
  }
}
