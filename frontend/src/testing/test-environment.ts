// Angular's test environment: once for each process that runs tests.
import { ANIMATION_MODULE_TYPE, ErrorHandler, NgModule, provideZonelessChangeDetection } from '@angular/core';
import { getTestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';
import { configure } from '@testing-library/dom';
import '@testing-library/jest-dom';

/** An error that nobody handled fails the test. */
const fail = (error: unknown) => {
  throw error;
};

@NgModule({
  providers: [
    provideZonelessChangeDetection(),
    { provide: ErrorHandler, useValue: { handleError: fail } },
    // A dialog moves the focus once it has faded in. If that happened while a test types, the change event would arrive
    // while Angular renders, and the testing library would render again (NG0101).
    { provide: ANIMATION_MODULE_TYPE, useValue: 'NoopAnimations' },
  ],
})
class TestModule {}

getTestBed().initTestEnvironment([BrowserTestingModule, TestModule], platformBrowserTesting(), {
  errorOnUnknownElements: true,
  errorOnUnknownProperties: true,
});

// Long enough for a busy machine; tests wait only as long as needed.
configure({ asyncUtilTimeout: 60_000 });
