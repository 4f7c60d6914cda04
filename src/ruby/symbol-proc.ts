/** `&:name` as a block. */
import { step } from './machine.ts';
import { checkArguments, findMethod, invoke, methodsNamed } from './method.ts';
import { argumentError } from './ruby-error.ts';
import { RubyProc, type RubyValue } from './values.ts';

/** A block that calls the method `name` of its first argument with the others. */
export function symbolProc(name: string): RubyProc {
  const methods = methodsNamed(name);
  return new RubyProc(
    {
      isLambda: true,
      arity: -2,
      call0() {
        throw argumentError('no receiver given');
      },
      call1(_, a) {
        step();
        const method = findMethod(methods, a);
        if (method.min > 0) checkArguments(method, 0);
        return (method.code as (self: RubyValue, block: null) => RubyValue)(a, null);
      },
      call2(_, a, b) {
        step();
        return invoke(findMethod(methods, a), a, [b], null);
      },
      apply(_, args) {
        step();
        if (args.length === 0) throw argumentError('no receiver given');
        return invoke(findMethod(methods, args[0]!), args[0]!, args.slice(1), null);
      },
    },
    null,
  );
}
