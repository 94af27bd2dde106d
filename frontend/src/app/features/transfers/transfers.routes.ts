import { Routes } from '@angular/router';

// The list comes without the page of a transfer, which is four times as large.
export const routes: Routes = [
  {
    path: '',
    title: 'transfers',
    loadComponent: () => import('./transfer-list-page').then((file) => file.TransferListPage),
  },
  { path: ':id', title: 'transfer', loadComponent: () => import('./transfer-page').then((file) => file.TransferPage) },
];
