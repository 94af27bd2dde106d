import { Component } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter, Router, RouterOutlet, withNavigationErrorHandler, withRouterConfig } from '@angular/router';
import { render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { pageNotLoaded } from './page-loads';
import { LEAVE } from './sign-in';

@Component({ template: '<h1>Here</h1>' })
class Here {}

@Component({ template: '<router-outlet />', imports: [RouterOutlet] })
class Frame {}

it('keeps the page, reports that the other one could not be loaded, and offers to reload it', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const leave = jest.fn();
  await render(Frame, {
    providers: [
      provideRouter(
        [
          { path: 'here', component: Here },
          { path: 'sessions', loadComponent: () => Promise.reject(new TypeError('Failed to fetch')) },
        ],
        withNavigationErrorHandler(pageNotLoaded),
        withRouterConfig({ resolveNavigationPromiseOnError: true }),
      ),
      { provide: LEAVE, useValue: leave },
    ],
  });
  const router = TestBed.inject(Router);
  await router.navigateByUrl('/here');
  await expect(router.navigateByUrl('/sessions?a=1')).resolves.toBe(false);
  expect(await screen.findByText(/^This page could not be loaded/)).toBeInTheDocument();
  expect(screen.getByRole('heading', { name: 'Here' })).toBeVisible();
  await userEvent.click(await screen.findByRole('button', { name: 'Reload' }));
  expect(leave).toHaveBeenCalledWith('/sessions?a=1');
  warn.mockRestore();
});
