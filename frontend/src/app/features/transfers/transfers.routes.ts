import { Routes } from '@angular/router';
import { TransferListPage } from './transfer-list-page';
import { TransferPage } from './transfer-page';

export const routes: Routes = [
  { path: '', title: 'transfers', component: TransferListPage },
  { path: ':id', title: 'transfer', component: TransferPage },
];
