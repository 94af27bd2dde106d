import { inOwnTask, nextTask, renderInStages } from './next-task';

it('advances one stage in each task, up to the last', async () => {
  const stage = renderInStages(2);
  const seen = [stage()];
  for (let task = 0; task < 3; task++) {
    await nextTask();
    seen.push(stage());
  }
  expect(seen).toEqual([0, 1, 2, 2]);
});

it('evaluates a script in the task after it was loaded', async () => {
  const order: string[] = [];
  const made = inOwnTask(Promise.resolve('page')).then((page) => order.push(page));
  setTimeout(() => order.push('another task'));
  await made;
  expect(order).toEqual(['another task', 'page']);
  await expect(inOwnTask(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
});
