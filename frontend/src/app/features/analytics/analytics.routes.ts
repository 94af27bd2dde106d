import { Routes } from '@angular/router';
import { AnalyticsPage } from './analytics-page';

export const routes: Routes = [{ path: '', title: 'analytics', component: AnalyticsPage }];
