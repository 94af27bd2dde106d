import { Routes } from '@angular/router';
import { ProblemPage } from './problem-page';

export const routes: Routes = [
  { path: '', component: ProblemPage },
  { path: ':code', component: ProblemPage },
];
