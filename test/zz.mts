import { connectSandbox } from './support/client.js';
const c = await connectSandbox({ registry: { selection: 'script' } });
for (const words of process.argv.slice(2)) { const f:any = await c.call('find_operations', { words }); console.log(JSON.stringify(f.ok?f.answer:f.error).length); for (const i of f.answer.items) console.log('  ', JSON.stringify(i)); console.log('  ', f.answer.notes); }
await c.close();
