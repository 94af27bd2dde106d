import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter, Router } from '@angular/router';
import { render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { Problem } from '../../../core/problem';
import { TransferUpdates } from '../../../core/transfer-updates';
import CertificatePage from './certificate-page';

async function show(problem: Problem) {
  const updates = {
    problem: signal(problem),
    transfer: () => undefined,
    follow: () => () => undefined,
    retry: jest.fn(),
  };
  await render(CertificatePage, {
    inputs: { id: 'tr1' },
    providers: [provideRouter([]), { provide: TransferUpdates, useValue: updates }],
  });
  return updates;
}

it('tries again after a problem', async () => {
  const { retry } = await show({ code: 'service_unavailable', title: '', status: 503 });
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(retry).toHaveBeenCalledTimes(1);
});

it('leads to the accounts where none is connected', async () => {
  const { retry } = await show({ code: 'token_missing', title: '', status: 401 });
  const navigate = jest.spyOn(TestBed.inject(Router), 'navigate').mockResolvedValue(true);
  await userEvent.click(screen.getByRole('button', { name: /connect/i }));
  expect(navigate).toHaveBeenCalledWith(['/connect']);
  expect(retry).not.toHaveBeenCalled();
});
