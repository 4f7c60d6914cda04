/** Jumps out of blocks. They are thrown, but are no errors: nothing rescues them. */
import type { RubyValue } from './values.ts';

/** `next value`: the result of one run of a block. */
export class NextSignal {
  readonly value: RubyValue;
  constructor(value: RubyValue) {
    this.value = value;
  }
}

/** `break value`: the result of the method that the block was given to. */
export class BreakSignal {
  readonly value: RubyValue;
  constructor(value: RubyValue) {
    this.value = value;
  }
}

/** `return value`: the result of the lambda, or of the whole expression. */
export class ReturnSignal {
  readonly value: RubyValue;
  constructor(value: RubyValue) {
    this.value = value;
  }
}
