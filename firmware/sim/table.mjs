// Eight simple neurons to be plugged into a simulated chip, as in boards.c, and what a host connects to.

import { createServer } from 'node:net';

const V_THRESHOLD = 1.55, V_RESET = 0.34, V_REST = 1.0, V_FIRES = 1.75;
const TAU_MEM = 0.2, TAU_SYN = 0.05, SPIKE_WIDTH = 0.0159, CHARGE = 150;

export const STEP_S = 1e-4;

export class Table {
  constructor() {
    this.boards = Array.from({ length: 8 }, () => ({ v: V_REST, i: 0, left: 0 }));
  }

  // Bit k: board k fires.
  get spikes() {
    return this.boards.reduce((bits, one, b) => bits | ((one.left > 0) << b), 0);
  }

  // A step on with these stimulus lines. Board 0 fires by itself; each board excites the next.
  step(lines) {
    const fired = this.spikes, dt = STEP_S;
    this.boards.forEach((one, b) => {
      let high = ((lines >> (3 * b)) & 1) + ((lines >> (3 * b + 1)) & 1) + ((lines >> (3 * b + 2)) & 1);
      if (b > 0) high += (fired >> (b - 1)) & 1;
      one.i += dt * (high * CHARGE - one.i / TAU_SYN);
      if (one.left > 0) {
        one.left -= dt;
        one.v = V_RESET;
      } else {
        one.v += (dt * ((b === 0 ? V_FIRES : V_REST) - one.v + one.i)) / TAU_MEM;
        if (one.v >= V_THRESHOLD) one.left = SPIKE_WIDTH;
      }
    });
  }
}

// Three 74HC595 in a row behind data, clock and latch: `changed(lines)` when the lines change.
export class Registers {
  constructor(changed) {
    Object.assign(this, { changed, shifted: 0, lines: 0 });
  }

  clock(data) {
    this.shifted = ((this.shifted << 1) | data) & 0xffffff;
  }

  latch() {
    if (this.lines === this.shifted) return;
    this.lines = this.shifted;
    this.changed(this.lines);
  }
}

// Prints the port of a TCP server; bytes from the host go to `take`, the latest host hears what is sent.
export class Host {
  constructor(take, joined = () => {}) {
    this.socket = null;
    this.outgoing = [];
    const server = createServer((one) => {
      this.socket?.destroy();
      this.socket = one;
      one.setNoDelay(true);
      one.on('data', take);
      one.on('error', () => {});
      one.on('close', () => { if (this.socket === one) this.socket = null; });
      joined();
    });
    server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
  }

  send(bytes) {
    this.outgoing.push(...bytes);
  }

  flush() {
    if (this.outgoing.length) this.socket?.write(Buffer.from(this.outgoing));
    this.outgoing = [];
  }
}

// Ends with standard input, when what is written to `file` is on disk.
export function endWithInput(file) {
  process.stdin.on('data', () => {});
  process.stdin.on('end', () => { file ? file.end(() => process.exit(0)) : process.exit(0); });
}
