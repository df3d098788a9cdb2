import { Radio } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { installationColours } from '../../app/theme.ts';

type Colour = (typeof installationColours)[number];

interface ColourPickerProps {
  readonly value: Colour;
  readonly onChange: (colour: Colour) => void;
}

/** The installation's mark. Each colour has its name beside it. */
export function ColourPicker({ value, onChange }: ColourPickerProps): ReactNode {
  const t = useT();
  return (
    <Radio.Group
      label={t('settings.colour')}
      description={t('settings.colourHint')}
      value={value}
      onChange={(next) => {
        const colour = installationColours.find((each) => each === next);
        if (colour !== undefined) onChange(colour);
      }}
    >
      <div className="bc-colours">
        {installationColours.map((colour) => (
          <Radio
            key={colour}
            value={colour}
            label={
              <span className="bc-colour">
                <span className="bc-dot" data-colour={colour} />
                {t(`colour.${colour}`)}
              </span>
            }
          />
        ))}
      </div>
    </Radio.Group>
  );
}
