import { Routes } from '@angular/router';
import { inTurn } from '../../core/next-task';

// The list loads without the page of a transfer, which is four times as large.
export const routes: Routes = [
  {
    path: '',
    title: 'transfers',
    loadComponent: () => inTurn(import('./transfer-list-page')).then((file) => file.TransferListPage),
  },
  {
    path: ':id/certificate',
    title: 'transfer',
    loadComponent: () => inTurn(import('./finished/certificate-page')).then((file) => file.CertificatePage),
  },
  {
    path: ':id',
    title: 'transfer',
    loadComponent: () => inTurn(import('./transfer-page')).then((file) => file.TransferPage),
  },
];
