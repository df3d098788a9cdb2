import { isConsoleError } from '../../../shared/errors.ts';
import { effectsDefinition } from './effects.ts';
import { openEngine } from './open-engine.ts';

/** A console of its own that a test kills: `run DIR JSON`, `resume DIR ID` or `undo DIR ID`; prints how it ended as one word. */
async function main([word = '', root = '', argument = '']: readonly string[]): Promise<string> {
  const open = await openEngine(root);
  const { engine } = open;
  try {
    const start = async () => {
      if (word === 'resume') return engine.resume(argument, {}, 'child');
      if (word === 'undo') return engine.undo(argument, {}, 'child');
      const { kind } = effectsDefinition;
      const input: unknown = JSON.parse(argument);
      const { digest } = await engine.plan(kind, input);
      return engine.start({ kind, input, digest, secrets: {}, actor: 'child' });
    };
    return (await engine.waitFor((await start()).id)).state;
  } catch (error) {
    return isConsoleError(error) ? error.code : String(error);
  } finally {
    await open.close();
  }
}

void main(process.argv.slice(2)).then((word) => process.stdout.write(word));
