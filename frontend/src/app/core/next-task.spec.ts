import { inParts, inTurn, nextTask } from './next-task';

it('draws one part more in each task, and no more than there are', async () => {
  const drawn = inParts(2);
  const seen = [drawn()];
  for (let task = 0; task < 3; task++) {
    await nextTask();
    seen.push(drawn());
  }
  expect(seen).toEqual([0, 1, 2, 2]);
});

it('makes nothing of a file in the task in which it came', async () => {
  const order: string[] = [];
  const made = inTurn(Promise.resolve('page')).then((page) => order.push(page));
  setTimeout(() => order.push('another task'));
  await made;
  expect(order).toEqual(['another task', 'page']);
  await expect(inTurn(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
});
