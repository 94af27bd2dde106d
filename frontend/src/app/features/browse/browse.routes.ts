import { Routes } from '@angular/router';
import { MovePage } from './move-page';

export const routes: Routes = [{ path: '', title: 'choose', component: MovePage }];
