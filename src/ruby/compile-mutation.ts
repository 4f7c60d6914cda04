/**
 * Methods that change a text in place: `s << "x"`, `record["a"].gsub!(...)`.
 *
 * Texts cannot change here, so the changed text is put back where it came from: into the variable,
 * or into the hash or list. Where it came from a block's parameter and belongs to a list that is
 * walked over, there is no such place, and it is an error rather than a change that is lost.
 */
import type { CallNode, Node, Target } from './ast.ts';
import { assignTo } from './compile-assign.ts';
import { compileArguments } from './compile-call.ts';
import { compile, type Code, type Context } from './compile.ts';
import { checked } from './machine.ts';
import { invoke, findMethod, methodsNamed } from './method.ts';
import { asTarget } from './parser.ts';
import { rubyError } from './ruby-error.ts';
import { RubySyntaxError } from './syntax-error.ts';
import { textMutations } from './text-mutations.ts';
import type { RubyProc, RubyValue, Frame } from './values.ts';

/** Methods whose block gets items that are still used afterwards. */
const WALKS = new Set([
  'each', 'each_pair', 'each_with_index', 'each_with_object', 'each_value', 'each_key', 'each_entry', 'each_slice', 'each_cons',
  'reverse_each', 'tap', 'cycle',
]);

export function isTextMutator(name: string): boolean {
  return textMutations.has(name);
}

/** Undefined where the receiver is a value that nothing else refers to. */
export function compileMutation(node: CallNode, context: Context): Code | undefined {
  const target = targetOf(node.receiver!);
  if (!target) {
    checkOrigin(node, node.receiver!);
    return undefined;
  }
  const { name } = node;
  const mutation = textMutations.get(name)!;
  const isWalked = target.kind === 'local' && target.parameter && WALKS.has(context.blocksOf[context.blocksOf.length - 1] ?? '');
  const receiver = compile(node.receiver!, context);
  const assign = assignTo(target, context);
  const { args, block } = compileArguments(node, context);
  const list = typeof args === 'function' ? args : (f: Frame): RubyValue[] => args.map((arg) => arg(f));
  const methods = methodsNamed(name);
  return (f) => {
    const self = receiver(f);
    if (node.safe && self === null) return null;
    const values = list(f);
    const given: RubyProc | null = block ? block(f) : null;
    if (typeof self !== 'string') return checked(invoke(findMethod(methods, self), self, values, given));
    if (isWalked) {
      throw rubyError('NotImplementedError', `'${name}' cannot change a text that a block was given; assign the new text instead`);
    }
    const { text, result } = mutation(self, given, values);
    checked(text);
    if (text !== self) assign(f, text);
    return result;
  };
}

/** Methods that give something that stays where it is, so that a change of it would be seen there. */
const GIVES_ITEM = new Set(['at', 'dig', 'fetch', 'find', 'first', 'last', 'max', 'max_by', 'min', 'min_by']);

function checkOrigin(node: CallNode, receiver: Node): void {
  if (receiver.kind !== 'call' || !receiver.receiver || !GIVES_ITEM.has(receiver.name) || !node.name.endsWith('!')) return;
  throw new RubySyntaxError(
    `'${node.name}' cannot change the text that '${receiver.name}' gives`, node.at, "use '[...]' to reach it, or assign the changed text",
  );
}

/** Where the text comes from: `s`, `list[0]`, also through `(s << "a") << "b"` and `(s ||= "")`. */
function targetOf(node: Node): Target | undefined {
  const direct = asTarget(node);
  if (direct) return direct;
  if (node.kind === 'call' && node.receiver && textMutations.has(node.name) && node.name !== 'slice!') return targetOf(node.receiver);
  if (node.kind === 'assign' || node.kind === 'assignOperator') return node.target;
  return node.kind === 'sequence' && node.nodes.length === 1 ? targetOf(node.nodes[0]!) : undefined;
}
