// What every test file starts with. Its hooks are those of the test file; what it imports is loaded once.
import { libraryHooks } from './library-hooks';
import './test-environment';

for (const hook of libraryHooks.beforeEach) beforeEach(hook);
for (const hook of libraryHooks.afterEach) afterEach(hook);

// What a test stores must not reach the next one, whose order is random.
afterEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});
