import { Routes } from '@angular/router';
import { SessionsPage } from './sessions-page';

export const routes: Routes = [{ path: '', title: 'sessions', component: SessionsPage }];
