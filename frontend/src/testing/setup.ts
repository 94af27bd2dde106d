// What every test file starts with. Its hooks are those of the test file; what it imports is loaded once.
import { libraryHooks } from './library-hooks';
import './test-environment';
import { Clock } from '../app/core/clock';
import { speak } from '../app/texts/catalogue';

for (const hook of libraryHooks.beforeEach) beforeEach(hook);
for (const hook of libraryHooks.afterEach) afterEach(hook);

// What a test leaves behind must not reach the next one, whose order is random: what it stored, and the language and the
// time, which are the whole page's.
beforeAll(() => Clock.prototype.refresh());
afterEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  await speak('en');
});
