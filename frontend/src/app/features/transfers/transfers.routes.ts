import { Routes } from '@angular/router';
import { inOwnTask } from '../../core/next-task';

// The list loads without the page of a transfer, which is four times as large.
export const routes: Routes = [
  {
    path: '',
    title: 'transfers',
    loadComponent: () => inOwnTask(import('./transfer-list-page')).then((file) => file.TransferListPage),
  },
  {
    path: ':id/certificate',
    title: 'transfer',
    loadComponent: () => inOwnTask(import('./finished/certificate-page')).then((file) => file.CertificatePage),
  },
  {
    path: ':id',
    title: 'transfer',
    loadComponent: () => inOwnTask(import('./transfer-page')).then((file) => file.TransferPage),
  },
];
