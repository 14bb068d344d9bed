// Runs the Pico's image in rp2040js: native USB, converter and pins, with computed boards. A host connects by TCP; the
// port is printed.
//
//   node pico.mjs IMAGE.bin [EDGES]     EDGES: each change of the stimulus lines, nanosecond and lines (hex)

import { createWriteStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { endWithInput, Host, Registers, STEP_S, Table } from './table.mjs';

const require = createRequire(process.env.SIMULATORS ? process.env.SIMULATORS + '/x.js' : import.meta.url);
const { GPIOPinState, RP2040, USBCDC } = require('rp2040js');
const FLASH = 0x10000000, STACK = 0x20041000, VREF = 2.5;
const PINS = { address: 20, spike: 2, latch: 10, data: 11, clock: 13 }, MOST_AT_ONCE = 64;
const NS_PER_CYCLE = 8, STEP_NS = STEP_S * 1e9;

const chip = new RP2040();
chip.logger = { debug() {}, info() {}, warn() {}, error() {} };
chip.flash.set(readFileSync(process.argv[2]), 0);

// The boot ROM is not in the package. Ours is a list of breakpoints, and what the SDK calls in it happens here.
const rom = {
  MS: (to, value, n) => { for (let i = 0; i < n; i++) chip.writeUint8(to + i, value); },
  S4: (to, value, n) => { for (let i = 0; i < n; i++) chip.writeUint8(to + i, value); },
  MC: (to, from, n) => { for (let i = 0; i < n; i++) chip.writeUint8(to + i, chip.readUint8(from + i)); },
  C4: (to, from, n) => { for (let i = 0; i < n; i++) chip.writeUint8(to + i, chip.readUint8(from + i)); },
  P3: (x) => x.toString(2).replaceAll('0', '').length,
  L3: (x) => Math.clz32(x),
  T3: (x) => (x ? 31 - Math.clz32(x & -x) : 32),
  R3: (x) => parseInt(x.toString(2).padStart(32, '0').split('').reverse().join(''), 2),
  RE: (at, n) => { chip.flash.fill(0xff, at, at + n); },
  RP: (at, from, n) => { for (let i = 0; i < n; i++) chip.flash[at + i] &= chip.readUint8(from + i); },
  UB: () => process.exit(3),
};
for (const name of ['IF', 'EX', 'FC', 'CX']) rom[name] = () => {};
const names = Object.keys(rom), CALLS = 0x100, LOOKUP = names.length;
const place = (k) => CALLS + 4 * k;
const halves = new Uint16Array(chip.bootrom.buffer);
[...names, 'lookup'].forEach((_, k) => {
  halves[place(k) / 2] = 0xbe00 | k;     // bkpt k
  halves[place(k) / 2 + 1] = 0x4770;     // bx lr
});
halves[0x18 / 2] = place(LOOKUP) | 1;
chip.onBreak = (k) => {
  const [a, b, c] = chip.core.registers;
  if (k === LOOKUP) {
    const at = names.indexOf(String.fromCharCode(b & 255, b >> 8));
    chip.core.registers[0] = at < 0 ? 0 : place(at) | 1;
  } else {
    const result = rom[names[k]](a, b, c);
    if (result !== undefined) chip.core.registers[0] = result;
  }
};

const edges = process.argv[3] ? createWriteStream(process.argv[3]) : null;
const registers = new Registers((lines) => edges?.write(`${Math.round(chip.clock.nanos)} ${lines.toString(16)}\n`));
const rises = (pin, what) => chip.gpio[pin].addListener((state) => { if (state === GPIOPinState.High) what(); });
rises(PINS.clock, () => registers.clock(chip.gpio[PINS.data].outputValue ? 1 : 0));
rises(PINS.latch, () => registers.latch());

const table = new Table();
const address = () => [0, 1, 2].reduce((sum, k) => sum | (chip.gpio[PINS.address + k].outputValue ? 1 << k : 0), 0);
chip.adc.onADCRead = (channel) => {
  const code = Math.floor((table.boards[address()].v / VREF) * 4096);
  chip.adc.channelValues[channel] = Math.max(0, Math.min(4095, code));
  chip.adc.currentChannel = channel;
  chip.adc.sampleAlarm.schedule(chip.adc.sampleTime * 1000);
};
let shown = 0;
const show = (bits) => {
  for (let k = 0; k < 8; k++) if (((bits ^ shown) >> k) & 1) chip.gpio[PINS.spike + k].setInputValue(!((bits >> k) & 1));
  shown = bits;
};
for (let k = 0; k < 8; k++) chip.gpio[PINS.spike + k].setInputValue(true);

// The serial port. The package's own answers a waiting endpoint at once with nothing; here an answer has bytes.
const cdc = new USBCDC(chip.usbCtrl);
const incoming = [];
let asked = 0;
const answer = () => {
  if (!asked || !incoming.length) return;
  const bytes = Uint8Array.from(incoming.splice(0, Math.min(asked, MOST_AT_ONCE)));
  asked = 0;
  chip.usbCtrl.endpointReadDone(cdc.outEndpoint, bytes);
};
chip.usbCtrl.onEndpointRead = (endpoint, size) => {
  if (endpoint === cdc.outEndpoint) asked = size;
};
const host = new Host((data) => incoming.push(...data), () => {
  incoming.length = 0;
  if (cdc.initialized) cdc.cdcSetControlLineState();
});
cdc.onSerialData = (bytes) => host.send(bytes);
endWithInput(edges);

chip.core.SP = STACK;
chip.core.PC = FLASH;
let nextStep = STEP_NS, zero = performance.now();
function run() {
  const { core, clock } = chip;
  const due = Math.min((performance.now() - zero) * 1e6, clock.nanos + 20e6);
  while (clock.nanos < due) {
    const until = Math.min(nextStep, due);
    while (clock.nanos < until) {
      // An interrupt that is pending already ends WFI at once; rp2040js would wait for the next one.
      if (core.waiting && core.pendingInterrupts & core.enabledInterrupts) core.waiting = false;
      const ahead = clock.nextAlarm ? clock.nanosToNextAlarm : until - clock.nanos;
      if (core.waiting) clock.tick(Math.max(1, Math.min(ahead, until - clock.nanos)));
      else clock.tick(core.executeInstruction() * NS_PER_CYCLE);
    }
    answer();
    if (clock.nanos >= nextStep) {
      nextStep += STEP_NS;
      table.step(registers.lines);
      show(table.spikes | ((registers.lines & 1) << 7));
    }
  }
  if ((performance.now() - zero) * 1e6 - clock.nanos > 500e6) zero = performance.now() - clock.nanos / 1e6;
  host.flush();
  setTimeout(run, 1);
}
run();
