import { render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { UpdateList } from './update-list';

const button = () => screen.getByRole('button', { name: 'Update' });

it('keeps the focus while the list loads and once it is up to date', async () => {
  const pressed = jest.fn();
  const template = `<cm-update-list [outdated]="outdated" [loading]="loading" (update)="pressed()">Update</cm-update-list>`;
  const { rerender } = await render(template, {
    imports: [UpdateList],
    componentProperties: { outdated: false, loading: false, pressed },
  });
  const change = (outdated: boolean, loading: boolean) =>
    rerender({ componentProperties: { outdated, loading, pressed } });
  expect(screen.queryByRole('button')).toBeNull();
  await change(true, false);
  await userEvent.click(button());
  for (const loading of [true, false]) {
    await change(false, loading);
    expect(button()).toHaveFocus();
    expect(button()).toHaveAttribute('aria-disabled', 'true');
    await userEvent.click(button());
  }
  expect(pressed).toHaveBeenCalledTimes(1);
  await change(true, false);
  expect(button()).not.toHaveAttribute('aria-disabled');
});
