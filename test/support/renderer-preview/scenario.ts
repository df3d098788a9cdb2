/** What the fixtures play. */
export interface Scenario {
  readonly locale: 'en' | 'ko';
  readonly theme: 'light' | 'dark';
  /** Services, certificates, audit entries. */
  readonly rows: number;
  /** None: the first-run screen. */
  readonly workspace: 'none' | 'lab' | 'production';
  readonly sealed: boolean;
  /** Lists and streams fail. */
  readonly failing: boolean;
  /** False: other tools made it, and it is only looked at. */
  readonly owned: boolean;
}

export const usual: Scenario = {
  locale: 'en',
  theme: 'light',
  rows: 3,
  workspace: 'lab',
  sealed: false,
  failing: false,
  owned: true,
};
