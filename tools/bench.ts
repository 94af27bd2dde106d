// `npm run bench`: all measurements are in backend/bench.
export { default } from '../backend/bench/main.ts';
