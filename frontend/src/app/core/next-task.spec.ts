import { inParts, nextTask } from './next-task';

it('draws one part more in each task, and no more than there are', async () => {
  const drawn = inParts(2);
  const seen = [drawn()];
  for (let task = 0; task < 3; task++) {
    await nextTask();
    seen.push(drawn());
  }
  expect(seen).toEqual([0, 1, 2, 2]);
});
