import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

/** `npm run test:soak -- --kills N --seed S`: exit 1 when anything was lost. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: '7' } },
  });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) throw new Error('--kills N --seed S');
  const done = await soak({ kills, seed, report: (line) => console.log(line) });
  console.log(
    `kills=${String(done.kills)} resumed=${String(done.resumed)} undone=${String(done.undone)} lost=${String(done.lost.length)}`,
  );
  return done.lost.length > 0 || done.kills < kills ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
